import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '../testing/run-command.ts'
import { findOnPath } from './find-on-path.ts'
import type { Env, Say } from './service.ts'

const limitMs = 5 * 60_000
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies'

/** Where servers that were fetched are kept from one test run to the next, outside the tree. */
export const cacheFolder = (env: Env, name: string): string =>
  join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'trailstitch', name)

export const hasJars = (folder: string): boolean => existsSync(folder) && readdirSync(folder).some(isJar)
const isJar = (name: string): boolean => name.endsWith('.jar')

/** Fetches artifacts (`group:name:version`) and all they need into a folder, with Maven, and says so. False where it can't. */
export async function fetchJars(artifacts: readonly string[], folder: string, env: Env, say: Say): Promise<boolean> {
  if (findOnPath(['mvn'], env).length === 0) return false
  const work = `${folder}.${process.pid}`
  mkdirSync(work, { recursive: true })
  try {
    writeFileSync(join(work, 'pom.xml'), formatPom(artifacts))
    say(`fetching ${artifacts.join(', ')} with mvn into ${folder}`)
    const command = ['mvn', '-q', '-B', '-f', join(work, 'pom.xml'), copyGoal, '-DincludeScope=runtime']
    const { code, output } = await runCommand([...command, `-DoutputDirectory=${join(work, 'lib')}`], { env, limitMs })
    if (code !== 0) {
      say(output.trim().split('\n').slice(-3).join('\n'))
      return false
    }
    rmSync(folder, { recursive: true, force: true })
    renameSync(join(work, 'lib'), folder) // whole or not at all
    return true
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function formatPom(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`
  })
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>dev.trailstitch</groupId><artifactId>servers-for-tests</artifactId><version>1</version>',
    `<dependencies>${dependencies.join('')}</dependencies></project>`,
  ].join('\n')
}
