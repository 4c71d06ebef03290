import Button from '@mui/material/Button'
import IconButton from '@mui/material/IconButton'
import type { EventFilter } from '@trailstitch/protocol'
import { useRef, useState } from 'react'
import { EventConditions, EventSelect } from '../../parts/event-filter.tsx'
import { describeEvent } from '../../parts/fields.ts'
import { Icon } from '../../parts/icon.tsx'
import { useFocusAfter } from '../../parts/use-focus-after.ts'
import { Options } from './options.tsx'
import { type FunnelQuestion, maxSteps, moveStep } from './question.ts'
import { t } from './texts.ts'

interface BuilderProps {
  question: FunnelQuestion
  onChange: (question: FunnelQuestion) => void
}

/** Puts a funnel together. The focus goes where a step goes, so that it can be moved on by the same key. */
export function Builder({ question, onChange }: BuilderProps) {
  const { steps } = question
  const container = useRef<HTMLDivElement>(null)
  const focusAfter = useFocusAfter(container, steps)
  const [moved, setMoved] = useState('')
  const setSteps = (next: readonly EventFilter[]) => onChange({ ...question, steps: next })
  const move = (at: number, by: -1 | 1) => {
    const to = at + by
    // The button at the end is off: the other one of the step takes the focus.
    const isAtEnd = to === (by < 0 ? 0 : steps.length - 1)
    const isUp = by < 0 ? !isAtEnd : isAtEnd
    focusAfter(isUp ? 'up' : 'down', to)
    setMoved(t('funnels.moved', { name: describeEvent(steps[at]?.event), place: to + 1 }))
    setSteps(moveStep(steps, at, by))
  }
  return (
    <div className="builder" ref={container}>
      {steps.map((step, at) => (
        <StepRow
          // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name of their own; the focus is set where they go.
          key={at}
          at={at}
          step={step}
          isLast={at === steps.length - 1}
          onChange={(next) => setSteps(steps.map((each, place) => (place === at ? next : each)))}
          onMove={(by) => move(at, by)}
          onRemove={() => {
            focusAfter('add', 0)
            setSteps(steps.filter((_each, place) => place !== at))
          }}
        />
      ))}
      <div className="bar">
        {steps.length < maxSteps && (
          <Button
            data-control="add-0"
            startIcon={<Icon name="plus" size={16} />}
            onClick={() => {
              focusAfter('event', steps.length)
              setSteps([...steps, {}])
            }}
          >
            {t('funnels.addStep')}
          </Button>
        )}
      </div>
      {steps.length > 0 && (
        <div className="bar builder-options">
          <Options question={question} onChange={onChange} />
        </div>
      )}
      <div className="visually-hidden" role="status">
        {moved}
      </div>
    </div>
  )
}

interface StepRowProps {
  at: number
  step: EventFilter
  isLast: boolean
  onChange: (step: EventFilter) => void
  onMove: (by: -1 | 1) => void
  onRemove: () => void
}

function StepRow({ at, step, isLast, onChange, onMove, onRemove }: StepRowProps) {
  const place = at + 1
  const name = t('funnels.step', { place })
  const mover = (control: 'up' | 'down', isOff: boolean) => (
    <IconButton
      size="small"
      data-control={`${control}-${at}`}
      aria-label={t(`funnels.${control}`, { place })}
      disabled={isOff}
      onClick={() => onMove(control === 'up' ? -1 : 1)}
    >
      <Icon name={control} size={16} />
    </IconButton>
  )
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a grid in every browser.
    <div className="builder-row" role="group" aria-label={name}>
      <span className="letter" aria-hidden="true">
        {place}
      </span>
      <div className="bar">
        <EventSelect name={name} filter={step} onChange={onChange} control={`event-${at}`} />
        <EventConditions name={name} filter={step} onChange={onChange} />
      </div>
      <span className="nowrap">
        {mover('up', at === 0)}
        {mover('down', isLast)}
        <IconButton size="small" aria-label={t('funnels.remove', { place })} onClick={onRemove}>
          <Icon name="close" size={16} />
        </IconButton>
      </span>
    </div>
  )
}
