import { en } from '../../texts/en.ts'
import { createT } from '../../texts/t.ts'

/** Texts of the test event. They come with the page. */
export const t = createT({
  ...en,
  'start.test': 'Try it',
  'start.testHint':
    'Sends one event with the write key of this project, as your site would. It is named “Test event” and counts like any other.',
  'start.testSend': 'Send a test event',
  'start.testSent': 'It was taken.',
  'start.testWhere': 'Where is it now?',
  'start.testFailed': 'It was not taken: {reason}',
})
