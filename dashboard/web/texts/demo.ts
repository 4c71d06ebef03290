import { createT } from './t.ts'

/** Texts of demo data and of deleting a project: they load with what needs them. */
const texts = {
  'demo.label': 'Demo data',
  'demo.strip': 'This is demo data.',
  'demo.stripMore': 'A made-up shop, with made-up people. Your own projects are not touched.',
  'demo.remove': 'Remove demo data',
  'demo.removing': 'Removing …',
  'demo.notOwner': 'An owner of it can remove it.',
  'demo.offer': 'Nothing to look at yet?',
  'demo.offerText':
    'Look around with two weeks of a made-up shop. It gets a project of its own, says on every page that it is demo data, and is removed with one click.',
  'demo.make': 'Look around with demo data',
  'demo.loading': 'Making demo data: {stored} of {events} events are there.',
  'demo.starting': 'Making demo data …',
  'removal.title': 'Delete this project',
  'removal.lead': 'For a project that nobody needs any more. Other projects are not touched.',
  'removal.button': 'Delete this project …',
  'removal.ask': 'Delete {project} for good?',
  'removal.text': 'This cannot be undone. Type the name of the project to confirm.',
  'removal.goes': 'All its events, people and figures go within minutes.',
  'removal.made': 'So do its reports, notes, shared links, embedded charts, keys and members.',
  'removal.sends': 'Sites that still send with its write keys are turned away at once.',
  'removal.stays': 'The audit log is kept as long as ever.',
  'removal.type': 'Name of the project',
  'removal.confirm': 'Delete for good',
} as const

export const td = createT(texts)
