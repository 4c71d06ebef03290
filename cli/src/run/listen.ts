import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { CliError, codeOf, messageOf } from '../errors.ts'

/** Listens and resolves with the address as a URL. Throws `port_in_use` or `address_unavailable`, with the way out. */
export async function listen(app: FastifyInstance, { host, port }: Pick<Config, 'host' | 'port'>): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    if (codeOf(cause) === 'EADDRINUSE') {
      const wayOut = 'Stop what listens there, or choose another one with --port.'
      throw new CliError('port_in_use', `Port ${port} on ${host} is taken. ${wayOut}`, { cause })
    }
    const wayOut = 'Choose an address of this machine with --host, and a port this user may use with --port.'
    throw new CliError('address_unavailable', `${host}:${port} cannot be listened on: ${messageOf(cause)}. ${wayOut}`, {
      cause,
    })
  }
  const address = app.server.address()
  return urlOf(host, typeof address === 'object' && address !== null ? address.port : port)
}

/** A URL that a browser on this machine can open. */
export function urlOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
