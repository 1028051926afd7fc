"""A bike and car hailing company: data, HTTP APIs in several styles, SDL modules, look-ups, personas."""
