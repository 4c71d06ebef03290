import Typography from '@mui/material/Typography'
import type { Touch } from '@trailstitch/protocol'
import type { PersonDetail } from '../../api/types.ts'
import { shortId, valueText } from '../../parts/people.ts'
import { formatTime } from '../../texts/format.ts'
import { t } from './texts.ts'

interface Props {
  person: PersonDetail
}

function Facts({ facts }: { facts: readonly (readonly [string, string])[] }) {
  return (
    <dl className="facts">
      {facts.map(([term, text]) => (
        <div key={term} style={{ display: 'contents' }}>
          <dt>{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What identify calls said, as it stands now. */
export function Traits({ person }: Props) {
  const traits = Object.entries(person.traits)
  return (
    <>
      <Typography variant="h2">{t('person.traits')}</Typography>
      {traits.length === 0 ? (
        <p className="quiet">{t('person.noTraits')}</p>
      ) : (
        <Facts facts={traits.map(([name, value]) => [name, valueText(value)] as const)} />
      )}
    </>
  )
}

/** The ids of a person, and for each tie between two of them the event that made it. */
export function Identity({ person }: Props) {
  const { userIds, anonymousIds, links, capped } = person
  return (
    <>
      <Typography variant="h2">{t('person.identity')}</Typography>
      <IdList title={t('person.userIds')} ids={userIds} />
      <IdList title={t('person.anonymousIds')} ids={anonymousIds} />
      {capped && <p className="quiet">{t('person.capped')}</p>}
      {links.length > 0 && (
        <>
          <Typography variant="h3" sx={{ mt: 2 }}>
            {t('person.identityWhy')}
          </Typography>
          <ul className="links">
            {links.map((link) => (
              <li key={`${link.messageId} ${link.from}`}>
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
              </li>
            ))}
          </ul>
        </>
      )}
    </>
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

/** Where the first and the latest visit came from. */
export function Touches({ person }: Props) {
  return (
    <Facts
      facts={[
        [t('person.firstTouch'), describeTouch(person.firstTouch)],
        [t('person.lastTouch'), describeTouch(person.lastTouch)],
      ]}
    />
  )
}

/** `Email: newsletter / spring`. */
export function describeTouch(touch: Touch | undefined): string {
  if (!touch) return t('person.noTouch')
  const details = [touch.source ?? touch.referrer, touch.medium, touch.campaign].filter(Boolean).join(' / ')
  return details ? `${touch.channel}: ${details}` : touch.channel
}
