import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type Server, startServer } from './server.ts'

/** A server of a test's own, which keeps what it has answered on disk. */
export interface MongoProcess {
  port: number
  /** Ends it at once and resolves when it is gone. */
  kill(): Promise<void>
  /** Starts it again on its port, with what it held. */
  restart(): Promise<void>
  /** Ends it and removes what it held. */
  stop(): Promise<void>
}

const javaOptions = ['-Xmx1g', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/** `classPath` is what MONGO_JAVA_CLASSPATH says. In memory, or durable with a file. */
export function startJavaMongo(classPath: string, port: number, file?: string): Promise<Server> {
  const place = [String(port), ...(file === undefined ? [] : [file])]
  const command = ['java', ...javaOptions, '-cp', classPath, 'MongoForTests', ...place]
  return startServer(command, process.env, async (output) => /^listening /m.test(output))
}

/** A durable server in a temporary folder, on a free port of 127.0.0.1. */
export async function startMongoProcess(classPath: string): Promise<MongoProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-mongo-'))
  const port = await freePort()
  const start = (): Promise<Server> => startJavaMongo(classPath, port, join(folder, 'data.h2'))
  let server = await start()
  return {
    port,
    kill: () => server.kill(),
    async restart() {
      server = await start()
    },
    async stop() {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
