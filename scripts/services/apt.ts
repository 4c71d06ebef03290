import { existsSync } from 'node:fs'
import { runCommand } from '../testing/run-command.ts'
import type { Env, Say } from './service.ts'

const limitMs = 5 * 60_000

/**
 * Installs packages of the system and says so. Only as root on Debian and its relatives, where it needs no question;
 * elsewhere, and when it fails, false.
 */
export async function aptInstall(packages: readonly string[], env: Env, say: Say): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, limitMs }
  for (const command of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', ...packages],
  ]) {
    say(`${packages.join(', ')} not there, running: ${command.join(' ')}`)
    const { code, output } = await runCommand(command, quiet)
    if (code !== 0) {
      say(output.trim().split('\n').slice(-3).join('\n'))
      return false
    }
  }
  return true
}
