"""What policies count between calls: breakers, retry budgets, rate limits, places and their queues."""
