import type { AnswerMeta, EventFilter } from '@trailstitch/protocol'
import { describeCondition, describeEvent } from '../../parts/fields.ts'
import { Icon } from '../../parts/icon.tsx'
import { Why } from '../../parts/why.tsx'
import { formatDuration, formatNumber, formatShare } from '../../texts/format.ts'
import type { Who } from './question.ts'
import type { StepFigures } from './steps.ts'
import { t } from './texts.ts'

interface BarsProps {
  steps: readonly EventFilter[]
  figures: readonly StepFigures[]
  onOpen: (who: Who) => void
  /** What a step counts. */
  definition: string
  meta: AnswerMeta
}

/** A bar for each step, as long as its share of the first, and what was lost on the way to the next. */
export function Bars({ steps, figures, ...rest }: BarsProps) {
  return (
    <ol className="funnel">
      {figures.map((each) => (
        <Step key={each.place} step={steps[each.place - 1] ?? {}} figures={each} {...rest} />
      ))}
    </ol>
  )
}

type StepProps = Omit<BarsProps, 'steps' | 'figures'> & { step: EventFilter; figures: StepFigures }

function Step({ step, figures, onOpen, definition, meta }: StepProps) {
  const { place, reached, ofFirst, dropped } = figures
  const name = describeEvent(step.event)
  return (
    <li>
      <div className="funnel-head">
        <span className="letter" aria-hidden="true">
          {place}
        </span>
        <strong>{name}</strong>
        {step.where && step.where.length > 0 && (
          <span className="quiet">{step.where.map(describeCondition).join('; ')}</span>
        )}
        <Why name={`${place}. ${name}`} definition={definition} meta={meta} />
        <span className="funnel-facts">{factsOf(figures).join(' · ')}</span>
      </div>
      <button type="button" className="funnel-step" onClick={() => onOpen({ step: place, dropped: false })}>
        <span className="visually-hidden">{t('funnels.seeReached', { place, name })}</span>
        <span className="funnel-bar" style={{ width: `${100 * (ofFirst ?? 0)}%` }} />
        <span className="funnel-count">{formatNumber(reached)}</span>
        <span className="funnel-share">{ofFirst === null ? '–' : formatShare(ofFirst)}</span>
      </button>
      {dropped !== null && (
        <button
          type="button"
          className="funnel-drop"
          disabled={dropped === 0}
          onClick={() => onOpen({ step: place, dropped: true })}
        >
          <Icon name="down" size={15} />
          <span className="visually-hidden">{t('funnels.seeDropped', { place, name })}</span>
          {t('funnels.dropped', {
            count: formatNumber(dropped),
            share: reached === 0 ? '–' : formatShare(dropped / reached),
          })}
          {dropped > 0 && <span className="funnel-see">{t('funnels.seeWho')}</span>}
        </button>
      )}
    </li>
  )
}

function factsOf({ place, ofBefore, medianMs }: StepFigures): string[] {
  // Of the second step both shares are the same; of the first one there is none.
  const facts = place > 1 && ofBefore !== null ? [t('funnels.ofBefore', { share: formatShare(ofBefore) })] : []
  return medianMs === null ? facts : [...facts, t('funnels.median', { time: formatDuration(medianMs) })]
}
