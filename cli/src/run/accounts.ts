import type { Directory, Kv } from '@trailstitch/backends'
import { type AccountsOptions, makeSetupLink, needsSetup } from '@trailstitch/dashboard'
import type { Projects } from '@trailstitch/protocol'
import type { Config } from '../config.ts'
import type { Io } from '../io.ts'
import { type DataFolder, readAuthSecret } from './data-folder.ts'
import type { Lifecycle } from './lifecycle.ts'
import { createMailer } from './mail.ts'
import { readOidc } from './oidc.ts'
import type { ServiceProjects } from './services.ts'

export interface ServiceAccounts {
  /** Undefined where there is no directory: the admin token is the only way in. */
  options: AccountsOptions | undefined
  /** Tells where the dashboard listens, and answers with a set-up link while no project has an owner. */
  listening(url: string): Promise<string | undefined>
}

interface Parts {
  config: Config
  live: ServiceProjects
  folder: Pick<DataFolder, 'list'>
  kv: Kv
}

/** What a dashboard needs to know of people who sign in. Throws `invalid_config` when a part of the settings is missing. */
export function createServiceAccounts(
  { config, live, folder, kv }: Parts,
  io: Io,
  lifecycle: Lifecycle,
): ServiceAccounts {
  const { projects, directory, refresh } = live
  const mailer = createMailer(config, io.deps)
  const oidc = readOidc(config)
  if (!directory) return { options: undefined, listening: async () => undefined }
  if (mailer) lifecycle.add('mail', () => mailer.close())
  let baseUrl = config.dashboardUrl ?? ''
  return {
    options: {
      directory,
      secret: readAuthSecret(config),
      kv,
      baseUrl: () => baseUrl,
      refreshProjects: refresh,
      isConfigured: (id) => folder.list.some((project) => project.id === id),
      ...(mailer && { sendMail: mailer.send }),
      ...(oidc && { oidc }),
    },
    async listening(url) {
      baseUrl ||= url
      return setupLinkIfNeeded(directory, projects, baseUrl, io)
    },
  }
}

/** A directory that is away just now must not keep the service from its start. */
async function setupLinkIfNeeded(
  directory: Directory,
  projects: Projects,
  baseUrl: string,
  { deps }: Io,
): Promise<string | undefined> {
  try {
    if (await needsSetup(directory, projects, deps)) return await makeSetupLink(directory, baseUrl, deps)
  } catch (error) {
    deps.log.warn({ err: error }, 'whether there is an owner cannot be found out now')
  }
  return undefined
}
