// A processor at work from its start to its end, in a process of its own.
import { openQueue, openStore, systemDeps } from '@trailstitch/backends'
import { createProcessor } from '@trailstitch/processor'
import { createProjects } from '@trailstitch/protocol'
import { serveParent } from '../lib/worker.ts'

const [queueUrl = '', storeUrl = '', writeKey = ''] = process.argv.slice(2)
const queue = await openQueue(queueUrl, systemDeps)
const store = await openStore(storeUrl, systemDeps)
const projects = createProjects([{ id: 'shop', name: 'Shop', writeKeys: [writeKey] }])
const stop = new AbortController()
const running = createProcessor({ queue, store, projects, deps: systemDeps }).run(stop.signal)

/** Whatever is asked, the answer says that it works. */
serveParent<object, object>(
  async () => ({}),
  async () => {
    stop.abort()
    await running
    await queue.close()
    await store.close()
  },
)
