import Typography from '@mui/material/Typography'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { PersonDetail } from '../../api/types.ts'
import { shortId } from '../../parts/people.ts'
import { formatTime } from '../../texts/format.ts'
import { t } from './texts.ts'
import { type Tie, Undo, useCanUndo } from './undo.tsx'

const keyOf = ({ kind, from, userId }: Tie): string => JSON.stringify([kind, from, userId])
/** How often it is looked whether an undo has been processed. */
const lookMs = 1_000

/** The ids of a person, and for each tie between two of them the event that made it, and a way to undo it. */
export function Identity({ person, refetch }: { person: PersonDetail; refetch: () => unknown }) {
  const { userIds, anonymousIds, links, capped } = person
  const canUndo = useCanUndo()
  const [sent, setSent] = useState<Tie>()
  const isDone = useUndone(sent, links, refetch)
  return (
    <>
      <Typography variant="h2">{t('person.identity')}</Typography>
      <IdList title={t('person.userIds')} ids={userIds} />
      <IdList title={t('person.anonymousIds')} ids={anonymousIds} />
      {capped && <p className="quiet">{t('person.capped')}</p>}
      {sent && <UndoNotice tie={sent} isDone={isDone} />}
      {links.length > 0 && (
        <>
          <Typography variant="h3" sx={{ mt: 2 }}>
            {t('person.identityWhy')}
          </Typography>
          <ul className="links">
            {links.map((link) => (
              <li key={`${link.messageId} ${link.from}`} className="tie">
                <div>
                  <span className={link.undone ? 'undone' : undefined}>
                    {t(link.kind === 'alias' ? 'person.link.alias' : 'person.link.visitor', {
                      from: shortId(link.from),
                      to: shortId(link.userId),
                    })}
                  </span>
                  {link.undone && ` (${t('person.undone')})`}
                  <div className="quiet small" title={link.messageId}>
                    {formatTime(link.timestamp, 'moment')}, {t('person.evidence', { id: shortId(link.messageId) })}
                  </div>
                </div>
                {canUndo && !link.undone && (!sent || isDone || keyOf(sent) !== keyOf(link)) && (
                  <Undo profileId={person.profileId} tie={link} onSent={() => setSent(link)} />
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}

/** Whether a tie that was undone is gone by now. Looks again and again until it is. */
function useUndone(sent: Tie | undefined, links: readonly Tie[], refetch: () => unknown): boolean {
  const client = useQueryClient()
  const isDone = sent !== undefined && !links.some((link) => keyOf(link) === keyOf(sent) && !link.undone)
  const isWaiting = sent !== undefined && !isDone
  useEffect(() => {
    if (!isWaiting) return
    const timer = setInterval(() => void refetch(), lookMs)
    return () => clearInterval(timer)
  }, [isWaiting, refetch])
  useEffect(() => {
    if (!isDone) return
    for (const name of ['journey', 'traits', 'people']) void client.resetQueries({ queryKey: [name] })
  }, [isDone, client])
  return isDone
}

function UndoNotice({ tie, isDone }: { tie: Tie; isDone: boolean }) {
  return (
    <p className="notice" role="status">
      {t(isDone ? 'undo.done' : 'undo.waiting', { from: shortId(tie.from), to: shortId(tie.userId) })}{' '}
      {isDone && (
        <Link to="/people" search={((search: object) => ({ ...search, q: tie.from })) as never}>
          {t('undo.show', { from: shortId(tie.from) })}
        </Link>
      )}
    </p>
  )
}

function IdList({ title, ids }: { title: string; ids: readonly string[] }) {
  if (ids.length === 0) return null
  return (
    <>
      <div className="quiet small" style={{ marginTop: 10 }}>
        {title}
      </div>
      {ids.map((id) => (
        <div key={id} className="mono">
          {id}
        </div>
      ))}
    </>
  )
}
