import createCache from '@emotion/cache'
import { CacheProvider } from '@emotion/react'
import CssBaseline from '@mui/material/CssBaseline'
import { ThemeProvider } from '@mui/material/styles'
import { lazy, StrictMode, Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'
import { theme } from './app/theme.ts'
import { doors, sharedPath, takeHashToken } from './auth/doors.ts'
import { createSession, type Session } from './auth/session.ts'

// Two worlds that share little: who is not signed in loads neither router nor charts.
const Door = lazy(async () => ({ default: (await import('./auth/door.tsx')).Door }))
const Shared = lazy(async () => ({ default: (await import('./shared/shared.tsx')).Shared }))
const App = lazy(async () => ({ default: (await import('./app/app.tsx')).App }))

function Root({ session }: { session: Session }) {
  const identity = useSyncExternalStore(session.subscribe, session.identity)
  const [isReady, setReady] = useState(false)
  const [door, setDoor] = useState(() => doors.find((each) => location.pathname === each))
  useEffect(() => {
    void session.begin().finally(() => setReady(true))
  }, [session])
  if (!isReady) return null
  const leaveDoor = () => {
    if (door) history.replaceState(null, '', '/')
    setDoor(undefined)
  }
  return (
    <Suspense fallback={null}>
      {identity && !door ? <App session={session} /> : <Door session={session} door={door} onDone={leaveDoor} />}
    </Suspense>
  )
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
const cache = createCache({ key: 'ts', nonce })
const session = createSession({ now: Date.now, storage: sessionStorage, takeHashToken })
const container = document.getElementById('root')
if (container)
  createRoot(container).render(
    <StrictMode>
      <CacheProvider value={cache}>
        <ThemeProvider theme={theme} defaultMode="system">
          <CssBaseline enableColorScheme />
          {location.pathname === sharedPath ? (
            <Suspense fallback={null}>
              <Shared />
            </Suspense>
          ) : (
            <Root session={session} />
          )}
        </ThemeProvider>
      </CacheProvider>
    </StrictMode>,
  )
