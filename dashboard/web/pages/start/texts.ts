import { en } from '../../texts/en.ts'
import { createT } from '../../texts/t.ts'

/** Texts of the dashboard, and those of this page. */
const texts = {
  ...en,
  'start.title': 'Send the first event',
  'start.lead': 'Choose one way. This page notices the first event by itself.',
  'start.script': 'Script tag',
  'start.npm': 'npm',
  'start.curl': 'curl',
  'start.scriptHint': 'Put it into the head of your pages. Page views are sent without more ado.',
  'start.npmHint': 'For apps that are built with a bundler.',
  'start.curlHint': 'From any shell, to see that it works.',
  'start.waiting': 'Waiting for the first event …',
  'start.arrived': 'The first event has arrived!',
  'start.arrivedText': '“{name}” came {when}. Everything works.',
  'start.toLive': 'Watch it live',
  'start.toOverview': 'Go to the overview',
  'start.noKey': 'Your role does not show the write key. Ask an admin of this project for it.',
  'start.test': 'Try it',
  'start.testHint':
    'Sends one event with the write key of this project, as your site would. It is named “Test event” and counts like any other.',
  'start.testSend': 'Send a test event',
  'start.testSent': 'It was taken.',
  'start.testWhere': 'Where is it now?',
  'start.testFailed': 'It was not taken: {reason}',
} as const

export type StartTextKey = keyof typeof texts
export const t = createT(texts)
