import { lazy, Suspense, useState } from 'react'
import { t } from '../texts/t.ts'
import { Icon } from './icon.tsx'
import type { WhyProps } from './why-props.ts'

const WhyCard = lazy(async () => ({ default: (await import('./why-card.tsx')).WhyCard }))

/** A button that tells how a figure comes about: its definition, filters, time zone, age and exactness. */
export function Why(props: WhyProps) {
  const [anchor, setAnchor] = useState<HTMLElement>()
  return (
    <>
      <button
        type="button"
        className="why"
        aria-label={t('why.button', { name: props.name })}
        aria-haspopup="dialog"
        aria-expanded={anchor !== undefined}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <Icon name="info" size={15} />
      </button>
      <Suspense fallback={null}>
        {anchor && <WhyCard {...props} anchor={anchor} onClose={() => setAnchor(undefined)} />}
      </Suspense>
    </>
  )
}
