import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import { checkBlob, checkFiles, checkKv, checkQueue, checkStore } from '../doctor/backends.ts'
import { type Finding, runCheck } from '../doctor/check.ts'
import { checkClock, checkDisk, checkNode, checkPort } from '../doctor/machine.ts'
import { checkMail } from '../doctor/mail.ts'
import { checkOidc } from '../doctor/oidc.ts'
import { CliError } from '../errors.ts'
import { type Io, say } from '../io.ts'

export const doctor: Command = defineCommand(
  {
    name: 'doctor',
    summary: 'check disk, clock, port, backends, mail and identity provider and say what to do',
    details: 'Exit code 1 when a check fails; warnings leave it at 0. It changes nothing.',
    configKeys: [
      ...(['port', 'host', 'data', 'queueUrl', 'storeUrl', 'kvUrl', 'blobUrl', 'maxReceives'] as const),
      ...(['smtpUrl', 'mailFrom', 'dashboardUrl', 'logLevel'] as const),
      ...(['oidcIssuer', 'oidcClientId', 'oidcClientSecret'] as const),
    ],
    examples: ['trailstitch doctor', 'trailstitch doctor --data /var/lib/trailstitch --json'],
  },
  Type.Object({ json: Type.Boolean({ description: 'print one JSON object and nothing else', default: false }) }),
  async ({ config, io, options }) => {
    const { deps } = io
    const findings = [
      checkNode(process.version),
      ...(await runCheck('disk', async () => checkDisk(config.data))),
      ...(await runCheck('clock', async () => [await checkClock(config.data, deps.now)])),
      ...(await runCheck('port', async () => [await checkPort(config)])),
      ...(await runCheck('queue', () => checkQueue(config, deps))),
      ...(await runCheck('store', () => checkStore(config, deps))),
      ...(await runCheck('kv', () => checkKv(config, deps))),
      ...(await runCheck('blob', () => checkBlob(config, deps))),
      ...(await runCheck('mail', () => checkMail(config, deps))),
      ...(await runCheck('oidc', () => checkOidc(config))),
      ...(await runCheck('files', async () => checkFiles(config))),
    ]
    const failed = findings.filter(({ status }) => status === 'fail').length
    if (options.json) say(io, JSON.stringify({ ok: failed === 0, checks: findings }))
    else for (const finding of findings) say(io, formatFinding(finding, io))
    if (failed > 0) throw new CliError('unhealthy', `${failed} of ${findings.length} checks failed.`)
  },
)

function formatFinding({ name, status, message, fix }: Finding, { style }: Io): string {
  const mark = status === 'ok' ? style.green('ok  ') : status === 'warn' ? style.yellow('warn') : style.red('fail')
  return `${mark}  ${name.padEnd(12)}  ${message}${fix === undefined ? '' : `\n                    ${style.dim(fix)}`}`
}
