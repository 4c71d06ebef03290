import Button from '@mui/material/Button'
import { useState } from 'react'
import { t } from '../texts/t.ts'
import { Icon } from './icon.tsx'

/** Copies a text, and says so. `of` tells several of them on a page apart. */
export function CopyButton({ text, of }: { text: string; of?: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <>
      <span aria-live="polite" className="quiet">
        {isCopied && t('start.copied')}
      </span>
      <Button
        startIcon={<Icon name={isCopied ? 'check' : 'copy'} size={16} />}
        aria-label={of && `${t('start.copy')}: ${of}`}
        onClick={() => void copy()}
      >
        {t('start.copy')}
      </Button>
    </>
  )
}
