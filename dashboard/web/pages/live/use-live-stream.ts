import { useCallback, useEffect, useRef, useState } from 'react'
import { followStream, type StreamState, sleep } from '../../api/stream.ts'
import type { LiveAnswer, WireEvent } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useProject } from '../../app/use-search.ts'

/** Older ones are let go: a tab may stay open for days. */
const maxEvents = 2_000

/** New events in front, each once. */
export function mergeEvents(news: readonly WireEvent[], known: readonly WireEvent[]): WireEvent[] {
  const ids = new Set(known.map(({ messageId }) => messageId))
  return [...news.filter(({ messageId }) => !ids.has(messageId)), ...known].slice(0, maxEvents)
}

/** The stream of stored events, newest first. While paused, what comes is kept for later. */
export function useLiveStream() {
  const { api } = useApp()
  const project = useProject().id
  const [events, setEvents] = useState<WireEvent[]>([])
  const [held, setHeld] = useState<WireEvent[]>()
  const [state, setState] = useState<StreamState>('connecting')
  const isPaused = useRef(false)
  useEffect(() => {
    setEvents([])
    return followStream({
      connect: (lastId, signal) =>
        api.open('/live/stream', { project }, { signal, headers: lastId === '' ? {} : { 'last-event-id': lastId } }),
      onMessage: ({ event, data }) => {
        if (event !== 'events') return
        const { items } = JSON.parse(data) as LiveAnswer
        if (isPaused.current) setHeld((before) => mergeEvents(items, before ?? []))
        else setEvents((before) => mergeEvents(items, before))
      },
      onState: setState,
      pause: sleep,
    })
  }, [api, project])
  const pause = useCallback(() => {
    isPaused.current = true
    setHeld([])
  }, [])
  const resume = useCallback(() => {
    isPaused.current = false
    setEvents((before) => mergeEvents(held ?? [], before))
    setHeld(undefined)
  }, [held])
  return { events, state, isPaused: held !== undefined, waiting: held?.length ?? 0, pause, resume }
}
