import Button from '@mui/material/Button'
import { useState } from 'react'
import { t } from '../texts/t.ts'
import { Icon } from './icon.tsx'

/** Puts a text on the clipboard, and says so. `name` tells screen readers what is copied. */
export function CopyButton({ text, name }: { text: string; name: string }) {
  const [copied, setCopied] = useState<string>()
  const isCopied = copied === text
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(text)
  }
  return (
    <>
      <span aria-live="polite" className="visually-hidden">
        {isCopied && t('start.copied')}
      </span>
      <Button
        className="nowrap"
        startIcon={<Icon name={isCopied ? 'check' : 'copy'} size={16} />}
        aria-label={`${t('start.copy')}: ${name}`}
        onClick={() => void copy()}
      >
        {t(isCopied ? 'start.copied' : 'start.copy')}
      </Button>
    </>
  )
}
