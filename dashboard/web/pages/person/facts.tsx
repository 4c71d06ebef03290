import type { Touch } from '@trailstitch/protocol'
import type { PersonDetail } from '../../api/types.ts'
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
