import { en } from '../../texts/en.ts'
import { createT } from '../../texts/t.ts'

/** Texts of the dashboard, and those of this page. */
export const t = createT({
  ...en,
  'paths.anchor': 'Visits from',
  'paths.anchorBack': 'Visits up to',
  'paths.begin': 'the visit’s beginning',
  'paths.end': 'the visit’s end',
  'paths.rest': 'other steps',
  'paths.direction': 'Direction',
  'paths.direction.forward': 'What came after',
  'paths.direction.backward': 'What came before',
  'paths.by': 'Steps are',
  'paths.by.event': 'Pages and events',
  'paths.by.path': 'Pages alone',
  'paths.steps': 'Steps',
  'paths.top': 'Names for each step',
  'paths.visit': '1 visit',
  'paths.visits': '{count} visits',
  'paths.hint': 'Choose a step to begin with it',
  'paths.flow': 'The steps of these visits',
  'paths.nodeStep': 'step {step}',
  'paths.choose': '{label}. Begin with it',
  'paths.noSteps': 'None of these visits has another step.',
  'paths.empty': 'No visit in this range has such an event. Choose another one, or a longer range.',
  'paths.table': 'Steps of visits',
  'paths.step': 'Step',
  'paths.from': 'From',
  'paths.to': 'To',
  'paths.count': 'Visits',
  'paths.share': 'Of all',
  'paths.why.forward':
    'Visits that hold the event to begin with, each once, from its first one on. The same step again and again counts once. The most frequent steps have names, all others are put together.',
  'paths.why.backward':
    'Visits that hold the event to end with, each once, back from its first one. The same step again and again counts once. The most frequent steps have names, all others are put together.',
})
