document.getElementById('sign-up').addEventListener('click', () => {
  window.trailstitch?.identify('user-1', { email: 'ada@example.com' })
  window.trailstitch?.track('Signed Up', { plan: 'pro' })
})
