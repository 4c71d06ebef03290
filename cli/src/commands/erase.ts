import { askErasure, eraseKey, eraseKeysOf, openDirectory, openStore } from '@trailstitch/backends'
import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import { CliError } from '../errors.ts'
import { say } from '../io.ts'
import { openDataFolder } from '../run/data-folder.ts'
import { findProject } from '../run/pipeline.ts'
import { backendUrls, storeOptions } from '../run/urls.ts'

export const erase: Command = defineCommand(
  {
    name: 'erase',
    summary: 'erase a person: events, sessions, traits and ids, for good',
    details: [
      'All that belongs to the person the id is known under goes. Figures of the past keep their counts. A running service',
      'or processor does it, and begins within seconds.',
    ].join('\n'),
    configKeys: ['data', 'storeUrl', 'directoryUrl', 'logLevel'],
    examples: [
      'trailstitch erase --user-id anna@example.com',
      'trailstitch erase --anonymous-id 6f9e2c --project shop',
    ],
  },
  Type.Object({
    userId: Type.Optional(Type.String({ description: 'a user id of the person', minLength: 1 })),
    anonymousId: Type.Optional(Type.String({ description: 'an anonymous id of the person', minLength: 1 })),
    project: Type.Optional(Type.String({ description: 'project; default: the first one' })),
  }),
  async ({ config, io, options }) => {
    const { userId, anonymousId } = options
    if ((userId === undefined) === (anonymousId === undefined))
      throw new CliError('invalid_usage', 'Give one of --user-id and --anonymous-id.')
    const project = findProject(openDataFolder(config), options.project).id
    const key = eraseKey(project, userId === undefined ? 'visitor' : 'user', userId ?? anonymousId ?? '')
    const urls = backendUrls(config)
    const store = await openStore(urls.store, io.deps, { ...storeOptions(config), readOnly: true })
    try {
      const person = await store.query({ type: 'person', project, profileId: `p_${key}` })
      if (!person) throw new CliError('not_found', `Nobody is known by this id in the project ${project}.`)
      const keys = eraseKeysOf(project, person)
      const directory = await openDirectory(urls.directory, io.deps)
      try {
        await askErasure(directory, { project, profileId: person.profileId, keys }, io.deps.now())
      } finally {
        await directory.close()
      }
      const count = person.userIds.length + person.anonymousIds.length
      say(
        io,
        `The person, who has ${count} id${count === 1 ? '' : 's'}, is erased by a running service within minutes.`,
      )
    } finally {
      await store.close()
    }
  },
)
