import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../../../scripts/services/jars.ts'
import { runCommand } from '../../../scripts/testing/run-command.ts'

const limitMs = 5 * 60_000

/**
 * Installs what a package.json of a benchmark's own names into the cache folder, once, and without running scripts of the
 * packages. Answers the folder to resolve them from; undefined, and says so, where they cannot be had.
 */
export async function installVendors(name: string, packageFile: URL): Promise<string | undefined> {
  const folder = cacheFolder(process.env, name)
  const installed = join(folder, 'package.json')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(packageFile, 'utf8')) return folder
  const work = `${folder}.${process.pid}`
  mkdirSync(work, { recursive: true })
  try {
    copyFileSync(packageFile, join(work, 'package.json'))
    const flags = ['--prefix', work, '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
    console.error(`installing what the benchmark compares with into ${folder}`)
    const { code, output } = await runCommand(['npm', 'install', ...flags], { cwd: work, env: process.env, limitMs })
    if (code !== 0) {
      console.error(`${output.trim().split('\n').slice(-3).join('\n')}\nthey cannot be installed: measuring ours alone`)
      return undefined
    }
    rmSync(folder, { recursive: true, force: true })
    renameSync(work, folder) // whole or not at all
    return folder
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
