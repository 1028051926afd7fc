// Drive a flow on bpmn-engine, its state saved after each step: node bpmn_engine.cjs SECONDS BPMN_FILE TASK…
'use strict'

const { EventEmitter, once } = require('node:events')
const { readFileSync } = require('node:fs')
const { Engine } = require('bpmn-engine')

const [seconds, path, ...tasks] = process.argv.slice(2)
const source = readFileSync(path, 'utf8')

// As for the others, the clock does not run while an instance is made.
async function instance () {
  const listener = new EventEmitter()
  const engine = new Engine({ name: 'linear', source })
  let waiting
  listener.on('activity.wait', (task) => { waiting = task })
  const ended = once(engine, 'end')
  const execution = await engine.execute({ listener })
  const began = [process.hrtime.bigint(), process.cpuUsage()]
  for (const name of tasks) {
    if (waiting.id !== name) throw new Error(`${waiting.id} waits, not ${name}`)
    const task = waiting
    task.environment.output[name] = 1
    task.signal()
    JSON.stringify(await engine.getState())
  }
  const cpu = process.cpuUsage(began[1])
  const spent = Number(process.hrtime.bigint() - began[0]) / 1e9
  await ended
  return [spent, cpu.user + cpu.system]
}

async function main () {
  let [made, spent, cpu] = [0, 0, 0]
  while (spent < Number(seconds)) {
    const [one, busy] = await instance()
    made += tasks.length
    spent += one
    cpu += busy
  }
  console.log(JSON.stringify({ rate: made / spent, cpu_us: cpu / made }))
}

main()
