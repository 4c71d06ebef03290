import { expect, test } from 'vitest'
import { media } from '../../src/plugins/media.ts'
import { createBrowser } from '../support/browser.ts'
import { createElement, happen, trackedIn } from '../support/dom.ts'

function start() {
  const browser = createBrowser()
  const page = browser.open({ plugins: [media()] })
  const video = createElement('video', { id: 'tour' }, { currentSrc: 'https://shop.example/tour.mp4?key=secret' })
  const at = (type: string, currentTime: number, { duration = 40, ended = false } = {}): void =>
    happen(page, type, [Object.assign(video, { currentTime, duration, ended })])
  return { browser, video, at }
}
const told = (events: [unknown, unknown][]): unknown[] =>
  events.map(([event, properties]) => {
    const { percent, position } = properties as { percent?: number; position: number }
    return percent === undefined ? [event, position] : [event, position, percent]
  })

test('play, pause and the end are told, the pause that the end is, is not', async () => {
  const { browser, at } = start()
  at('play', 0)
  at('pause', 4)
  at('play', 4)
  at('pause', 40, { ended: true })
  at('ended', 40, { ended: true })
  const events = await trackedIn(browser)
  expect(events[0]).toEqual([
    'Media Played',
    { id: 'tour', kind: 'video', source: 'https://shop.example/tour.mp4', position: 0, duration: 40 },
  ])
  expect(told(events)).toEqual([
    ['Media Played', 0],
    ['Media Paused', 4],
    ['Media Played', 4],
    ['Media Ended', 40],
  ])
})

test('each quarter counts once, also after going back, and anew for another source', async () => {
  const { browser, at, video } = start()
  for (const time of [1, 9, 10, 11, 2, 12, 31]) at('timeupdate', time)
  video.currentSrc = 'https://shop.example/other.mp4'
  at('timeupdate', 11)
  expect(told(await trackedIn(browser))).toEqual([
    ['Media Progressed', 10, 25],
    ['Media Progressed', 31, 50],
    ['Media Progressed', 31, 75],
    ['Media Progressed', 11, 25],
  ])
})

test('a stream without an end, or of unknown length, makes no progress', async () => {
  const { browser, at } = start()
  at('timeupdate', 100, { duration: Number.POSITIVE_INFINITY })
  at('timeupdate', 0, { duration: Number.NaN })
  expect(await trackedIn(browser)).toEqual([])
})
