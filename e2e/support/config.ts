const number = (name: string, preset: number): number => {
  const value = Number(process.env[name] ?? preset)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new RangeError(`${name} must be a whole number, not ${process.env[name]}.`)
}

/** Rounds of the kill test. The long form, `npm run test:long`, has 50. */
export const killRounds = number('TRAILSTITCH_KILL_ROUNDS', 5)

/** Decides who is killed when and what is sent. A failing round prints its own; given that, it is the first round. */
export const killSeed = number('TRAILSTITCH_KILL_SEED', Date.now() % 2 ** 31)

/** `npm run test:long`: more rounds, and faults as long as they are in earnest. */
export const isLongForm: boolean = process.env.TRAILSTITCH_LONG === '1'

/** Rounds of the kill test on a cloud's servers, and how long the queue hangs in each. */
export const cloudKill = Object.freeze(isLongForm ? { rounds: 3, outageMs: 30_000 } : { rounds: 1, outageMs: 4_000 })

/** What a service is started with: nothing of this run, whose settings it would take for misspelt ones of its own. */
export const serviceEnv: Readonly<Record<string, string>> = Object.freeze({ PATH: process.env.PATH ?? '' })

/** May mount file systems. */
export const isRoot: boolean = process.getuid?.() === 0

const passedNames =
  /^(?:https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_file|npm_config_(?:registry|cache|userconfig|cafile))$/i

/** What an image is built with besides its own: the way to the registry. */
export const passedOn: Readonly<Record<string, string>> = Object.freeze(
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => passedNames.test(entry[0]) && entry[1] !== undefined,
    ),
  ),
)

/** The linter of the Dockerfile; undefined where there is none. */
export const hadolintPath: string | undefined = process.env.HADOLINT_PATH

const given = (name: string): string => process.env[name] ?? ''

/** The servers of a cloud that the tests have; empty where one is missing. */
export const cloudServers = Object.freeze({
  FAUXQS_URL: given('FAUXQS_URL'),
  TEST_S3_ENDPOINT: given('TEST_S3_ENDPOINT'),
  MONGO_URL: given('MONGO_URL'),
  REDIS_URL: given('REDIS_URL'),
})

/** For SQS and S3. */
export const awsCredentials = Object.freeze({
  AWS_ACCESS_KEY_ID: given('AWS_ACCESS_KEY_ID'),
  AWS_SECRET_ACCESS_KEY: given('AWS_SECRET_ACCESS_KEY'),
})

/** What a cloud that can be broken takes: servers to go through a proxy to, and programs for those that are killed. */
export const breakableParts = Object.freeze({
  sqs: given('FAUXQS_URL') || given('ELASTICMQ_URL'),
  s3: given('TEST_S3_ENDPOINT'),
  redisProgram: given('REDIS_SERVER_PATH'),
  mongoClassPath: given('MONGO_JAVA_CLASSPATH'),
})
