import { openDirectory } from '@trailstitch/backends'
import { makeSetupLink } from '@trailstitch/dashboard'
import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import { say } from '../io.ts'
import { urlOf } from '../run/listen.ts'
import { backendUrls } from '../run/urls.ts'

export const setupLink: Command = defineCommand(
  {
    name: 'setup-link',
    summary: 'print a link that makes whoever opens it an owner of every project',
    details: [
      'It works once, within 24 hours, and makes earlier ones useless. For the first owner, for a project that came later,',
      'and for when nobody can sign in any more. Who has an account gives its password; everybody else chooses one.',
    ].join('\n'),
    configKeys: ['data', 'port', 'host', 'storeUrl', 'directoryUrl', 'dashboardUrl', 'logLevel'],
    examples: ['trailstitch setup-link', 'trailstitch setup-link --dashboard-url https://dashboard.example.com'],
  },
  Type.Object({}),
  async ({ config, io }) => {
    const directory = await openDirectory(backendUrls(config).directory, io.deps)
    try {
      const baseUrl = config.dashboardUrl ?? urlOf(config.host, config.port)
      say(io, await makeSetupLink(directory, baseUrl, io.deps))
    } finally {
      await directory.close()
    }
  },
)
