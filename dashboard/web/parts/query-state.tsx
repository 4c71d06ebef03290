import Button from '@mui/material/Button'
import LinearProgress from '@mui/material/LinearProgress'
import type { ReactNode } from 'react'
import { ApiFailure } from '../api/failure.ts'
import { t } from '../texts/t.ts'
import { Icon } from './icon.tsx'
import type { IconName } from './icons.ts'

/** The part of a query's result that tells how it stands. */
export interface QueryStanding<T> {
  data: T | undefined
  error: unknown
  isPlaceholderData?: boolean
  refetch: () => unknown
}

/**
 * Shows what was asked for, or why it does not show. Loading, failed, forbidden and empty each look different: a failure
 * is never shown as nothing.
 */
export function QueryState<T>(props: {
  query: QueryStanding<T>
  children: (data: T) => ReactNode
  isEmpty?: (data: T) => boolean
  /** Default: that there is nothing in this range. */
  empty?: ReactNode
}) {
  const { query, children, isEmpty, empty } = props
  const { data, error } = query
  if (error && isForbidden(error)) return <Forbidden {...(isNotGranted(error) && { text: error.message })} />
  if (error) return <Failed error={error} retry={query.refetch} />
  if (data === undefined) return <Loading />
  if (isEmpty?.(data)) return <div className="state">{empty ?? t('state.empty')}</div>
  return (
    <div aria-busy={query.isPlaceholderData === true} style={query.isPlaceholderData ? { opacity: 0.6 } : undefined}>
      {children(data)}
    </div>
  )
}

const isForbidden = (error: unknown): boolean =>
  error instanceof ApiFailure && (error.status === 403 || error.code === 'unknown_project')

const isNotGranted = (error: unknown): error is ApiFailure =>
  error instanceof ApiFailure && error.code === 'not_granted'

/** In the place of what the person's role does not include, or the link of a visitor. */
export function Forbidden({ text = t('state.forbiddenText') }: { text?: string }) {
  return <Notice icon="warning" title={t('state.forbidden')} text={text} />
}

/** A line that moves, once it takes long enough to be noticed. */
export function Loading() {
  return (
    <div className="state" role="status">
      <span className="visually-hidden">{t('state.loading')}</span>
      <LinearProgress aria-hidden="true" sx={{ width: 120, borderRadius: 1 }} />
    </div>
  )
}

/** What went wrong, with a way to try again. */
export function Failed({ error, retry }: { error: unknown; retry: () => unknown }) {
  const text = error instanceof Error ? error.message : String(error)
  const code = error instanceof ApiFailure ? error.code : undefined
  return (
    <Notice
      icon="warning"
      isAlert
      title={t('state.failed')}
      text={code ? `${text} (${code})` : text}
      action={
        <Button variant="outlined" onClick={() => void retry()}>
          {t('state.retry')}
        </Button>
      }
    />
  )
}

function Notice(props: { icon: IconName; title: string; text: string; action?: ReactNode; isAlert?: boolean }) {
  return (
    <div className="state" role={props.isAlert ? 'alert' : undefined}>
      <Icon name={props.icon} size={24} />
      <strong>{props.title}</strong>
      <span>{props.text}</span>
      {props.action}
    </div>
  )
}
