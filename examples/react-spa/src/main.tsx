import { AnalyticsProvider } from '@trailstitch/sdk/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { analytics } from './analytics.ts'
import { App } from './app.tsx'

const root = document.getElementById('app')
if (root)
  createRoot(root).render(
    <StrictMode>
      <AnalyticsProvider client={analytics}>
        <App />
      </AnalyticsProvider>
    </StrictMode>,
  )
