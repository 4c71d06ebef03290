import { type Static, Type } from 'typebox'
import { logLevels } from './log.ts'

const backendUrl = (description: string, example: string) =>
  Type.Optional(
    Type.String({
      description,
      pattern: '^[a-z][a-z0-9+.-]+:',
      shape: 'a URL that starts with a scheme',
      examples: [example],
    }),
  )
const text = { minLength: 1, shape: 'text that is not empty' }

/**
 * Everything that can be configured, for every command alike: one schema, from which flags, environment variables, keys
 * of the configuration file, `--help` and the checks all follow. Units are in the names.
 */
export const configSchema = Type.Object({
  port: Type.Integer({
    description: 'port to listen on; 0 takes a free one',
    minimum: 0,
    maximum: 65_535,
    default: 4800,
  }),
  host: Type.String({ ...text, description: 'address to listen on', default: '127.0.0.1', examples: ['0.0.0.0'] }),
  data: Type.String({ ...text, description: 'folder for everything that is kept', default: './data' }),
  writeKey: Type.Optional(
    Type.String({
      description: 'write key of the first project; made up when there is none',
      pattern: '^[\\x21-\\x39\\x3b-\\x7e]{1,128}$',
      shape: '1 to 128 printable ASCII characters without spaces and colons',
      examples: ['wk_my_site'],
    }),
  ),
  adminToken: Type.Optional(
    Type.String({
      description: 'token of the dashboard and its API; made up when there is none',
      pattern: '^[\\x21-\\x7e]{1,512}$',
      shape: '1 to 512 printable ASCII characters without spaces',
    }),
  ),
  queueUrl: backendUrl('queue, default sqlite: in the data folder', 'sqlite:./data/queue.db'),
  storeUrl: backendUrl('store, default sqlite: in the data folder', 'sqlite:./data/store.db'),
  kvUrl: backendUrl('kv, default memory:', 'memory:'),
  directoryUrl: backendUrl(
    'directory of accounts and projects, default beside the store',
    'sqlite:./data/directory.db',
  ),
  blobUrl: backendUrl('blob, default file: in the data folder', 'file:./data/blobs'),
  authSecret: Type.Optional(
    Type.String({
      description: 'secret that sessions are made from, the same for all dashboards; made up when there is none',
      pattern: '^[\\x21-\\x7e]{32,512}$',
      shape: '32 to 512 printable ASCII characters without spaces',
    }),
  ),
  dashboardUrl: Type.Optional(
    Type.String({
      description: 'where browsers reach the dashboard, for links; default: where it listens',
      pattern: '^https?://[^/]+$',
      shape: 'an origin, without a slash at its end',
      examples: ['https://dashboard.example.com'],
    }),
  ),
  smtpUrl: Type.Optional(
    Type.String({
      description: 'mail server for invitations and forgotten passwords; without one, links are in the log',
      pattern: '^smtps?://\\S+$',
      shape: 'a URL that starts with smtp:// or smtps://',
      examples: ['smtps://user:password@mail.example.com:465'],
    }),
  ),
  mailFrom: Type.Optional(
    Type.String({
      description: 'sender of mails',
      pattern: '^[^@\\r\\n]+@[^@\\r\\n]+$',
      shape: 'an e-mail address, with a name or without',
      examples: ['Trailstitch <no-reply@example.com>'],
    }),
  ),
  oidcIssuer: Type.Optional(
    Type.String({
      description: 'identity provider to sign in by (OpenID Connect); https, or http on this machine',
      pattern: '^(https://[^\\s]+|http://(localhost|127\\.0\\.0\\.1)(:\\d+)?(/[^\\s]*)?)$',
      shape: 'an https URL',
      examples: ['https://login.example.com'],
    }),
  ),
  oidcClientId: Type.Optional(
    Type.String({ ...text, description: 'what the identity provider knows the dashboard by' }),
  ),
  oidcClientSecret: Type.Optional(
    Type.String({ ...text, description: 'secret that the identity provider gave for it' }),
  ),
  oidcName: Type.String({
    ...text,
    description: 'what people know the identity provider by',
    default: 'single sign-on',
    examples: ['Example Login'],
  }),
  oidcDomains: Type.Optional(
    Type.String({
      description: 'domains whose people get an account without an invitation, with commas between them',
      pattern: '^[^\\s,@]+(\\s*,\\s*[^\\s,@]+)*$',
      shape: 'domains with commas between them',
      examples: ['example.com,example.org'],
    }),
  ),
  workers: Type.Integer({ description: 'processor threads', minimum: 1, maximum: 64, default: 1 }),
  publicUrl: Type.Optional(
    Type.String({
      description: 'where browsers reach the collector; default: taken from each request',
      pattern: '^https?://[^/]+$',
      shape: 'an origin, without a slash at its end',
      examples: ['https://t.example.com'],
    }),
  ),
  trustProxy: Type.Boolean({ description: 'take the client address from X-Forwarded-For', default: false }),
  countryFile: Type.Optional(
    Type.String({ ...text, description: 'country database in MMDB format', examples: ['./country.mmdb'] }),
  ),
  dedupeDays: Type.Number({
    description: 'how long a messageId is remembered',
    minimum: 0.01,
    maximum: 365,
    default: 7,
  }),
  maxReceives: Type.Integer({
    description: 'deliveries of a queue entry before it is a dead letter',
    minimum: 1,
    maximum: 1000,
    default: 5,
  }),
  requestsPerMinutePerKey: Type.Integer({ description: 'rate limit of a write key', minimum: 1, default: 60_000 }),
  requestsPerMinutePerIp: Type.Integer({ description: 'rate limit of an address', minimum: 1, default: 6000 }),
  maxInFlightBytes: Type.Integer({
    description: 'request bodies held in memory; more is answered 503',
    minimum: 1024 * 1024,
    default: 64 * 1024 * 1024,
  }),
  logLevel: Type.Enum([...logLevels], { description: 'what goes to the log on stderr', default: 'warn' }),
})

export type Config = Readonly<Static<typeof configSchema>>
export type ConfigKey = keyof Config

/** Names of environment variables by key. The backends go by the short names the rest of the world uses, too. */
export const environmentNames: Readonly<Record<string, string>> = Object.freeze({
  QUEUE_URL: 'queueUrl',
  STORE_URL: 'storeUrl',
  KV_URL: 'kvUrl',
  BLOB_URL: 'blobUrl',
  DIRECTORY_URL: 'directoryUrl',
  ...Object.fromEntries(Object.keys(configSchema.properties).map((key) => [environmentName(key), key])),
})

/** `dedupeDays` is `TRAILSTITCH_DEDUPE_DAYS`. */
export function environmentName(key: string): string {
  return `TRAILSTITCH_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** `dedupeDays` is `--dedupe-days`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
