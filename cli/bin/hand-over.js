import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** Runs this command in Node 24: same arguments, same standard streams, same end. */
export function handOver() {
  const node = findNode()
  if (!node) {
    console.error(`trailstitch: Node ${process.version} is too old. Use Node 24 or later, or run npm ci in the clone.`)
    process.exit(1)
  }
  const script = fileURLToPath(new URL('./handed-over.js', import.meta.url))
  // The channel is there to break: it tells the child that this process is gone, also after a kill -9.
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  for (const signal of /** @type {const} */ (['SIGHUP', 'SIGINT', 'SIGTERM'])) {
    process.on(signal, () => {
      // Ctrl-C reaches everything that runs in the terminal, the child too: told twice, it would not stop gracefully.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    console.error(`trailstitch: Node at ${node} cannot be started: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? exitCodes[signal] ?? 1))
}

function findNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    for (const name of ['node', 'node.exe']) {
      const file = join(folder, 'bin', name)
      if (existsSync(file)) return file
    }
  } catch {
    // not installed
  }
  return undefined
}
