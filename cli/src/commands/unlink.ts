import { createSender, openQueue, sendOperatorEvent, unlinkEvent } from '@trailstitch/backends'
import { Type } from 'typebox'
import { type Command, defineCommand } from '../command.ts'
import { CliError } from '../errors.ts'
import { sendPatiently } from '../import/batches.ts'
import { say } from '../io.ts'
import { openDataFolder } from '../run/data-folder.ts'
import { findProject } from '../run/pipeline.ts'
import { backendUrls, queueOptions } from '../run/urls.ts'

export const unlink: Command = defineCommand(
  {
    name: 'unlink',
    summary: 'undo a merge: say that two ids are not the same person',
    details: [
      'All merges of the two up to now are void, and the people they were before come back. What is sent after that',
      'with both ids merges them again. A running service processes it.',
    ].join('\n'),
    configKeys: ['data', 'queueUrl', 'blobUrl', 'logLevel'],
    examples: [
      'trailstitch unlink --anonymous-id 6f9e2c --user-id anna@example.com',
      'trailstitch unlink --previous-id old-id --user-id new-id',
    ],
  },
  Type.Object({
    anonymousId: Type.Optional(Type.String({ description: 'the visitor that is not this user', minLength: 1 })),
    previousId: Type.Optional(Type.String({ description: 'the id that an alias merged into the user', minLength: 1 })),
    userId: Type.String({ description: 'the user', minLength: 1 }),
    project: Type.Optional(Type.String({ description: 'project; default: the first one' })),
  }),
  async ({ config, io, options }) => {
    const { anonymousId, previousId, userId } = options
    const ids = anonymousId === undefined ? previousId !== undefined && { previousId } : !previousId && { anonymousId }
    if (!ids) throw new CliError('invalid_usage', 'Give one of --anonymous-id and --previous-id.')
    const project = findProject(openDataFolder(config), options.project).id
    const now = io.deps.now()
    const event = unlinkEvent({ userId, ...ids }, now)
    const queue = await openQueue(backendUrls(config).queue, io.deps, queueOptions(config))
    const sender = createSender({ queue, deps: io.deps })
    try {
      await sendPatiently(() => sendOperatorEvent(sender, project, event, now), io)
    } finally {
      await sender.close()
      await queue.close()
    }
    say(io, `${anonymousId ?? previousId} and ${userId} come apart as soon as it is processed.`)
  },
)
