// Started by hand-over.js. When that process is gone, so is the one the caller knows: end as abruptly as it did.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.channel?.unref()
await import('./run.js')
