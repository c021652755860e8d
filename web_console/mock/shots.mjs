// Pictures of the console without a server: builds nothing, starts `vite preview`, answers the API by itself.
// Usage: npm run build && npm run shots -- [folder] [name…]
import { mkdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { preview } from 'vite'
import { county, recordings } from './county.mjs'

const [folder = 'shots', ...only] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

const person = { person: { id: 'p1', name: '值班员', roles: ['operator'], department: '' }, actions: ['stream.list', 'recording.list', 'stream.publish', 'device.list', 'org.read', 'person.list', 'ledger.search'], idle_end_utc_us: 0, absolute_end_utc_us: 0 }
const json = (route, content, status = 200) => route.fulfill({ status, contentType: status < 400 ? 'application/json' : 'application/problem+json', body: JSON.stringify(content) })

async function answerApi(context, { signedIn = true, ...options } = {}) {
  const born = Date.now()
  const told = county({ nowMs: born, ...options })
  await context.route(/\/(api\/v1|whip|whep)\//, async (route) => {
    const url = new URL(route.request().url())
    const method = route.request().method()
    const path = url.pathname
    if (path.startsWith('/whep/') && method === 'POST') {
      const stream = path.split('/')[2]
      const state = told.streams.find((one) => one.stream_id === stream)
      const at = told.streams.indexOf(state)
      if (at === 5) return json(route, { title: 'forbidden', detail: '该终端未授权给本部门观看', status: 403, code: 'forbidden' }, 403)
      const sdp = `v=0\r\ns=${stream}\r\na=${at === 8 ? 'still' : state.state === 'lost' ? 'stops' : 'moving'}\r\n`
      return route.fulfill({ status: 201, headers: { 'Content-Type': 'application/sdp', Location: `/whep/sessions/${stream}` }, body: sdp })
    }
    if (path.startsWith('/whep/') || path.startsWith('/whip/')) return route.fulfill({ status: 200, body: '' })
    if (path === '/api/v1/sessions/current') return signedIn ? json(route, person) : json(route, { title: 'not signed in', status: 401, code: 'unauthenticated' }, 401)
    if (path === '/api/v1/sessions') return json(route, { title: 'used', status: 401, code: 'code_refused' }, 401)
    if (path.endsWith('/thumbnail.svg')) return route.fulfill({ status: 200, contentType: 'image/svg+xml', body: thumbnail(path) })
    if (path === '/api/v1/clock') return json(route, { utc_us: Date.now() * 1000 })
    if (path === '/api/v1/streams') return json(route, { streams: told.streams, server_utc_us: Date.now() * 1000 })
    if (path === '/api/v1/terminals') return json(route, { departments: told.departments, terminals: told.terminals, server_utc_us: Date.now() * 1000 })
    if (path === '/api/v1/media-tokens') return json(route, { url: `/whep/${route.request().postDataJSON().target}`, token: 't', expires_utc_us: 0 })
    if (path === '/api/v1/recordings') return json(route, { recordings: recordings(born), next_cursor: 'more', server_utc_us: born * 1000 })
    return json(route, { title: 'no such thing', status: 404, code: 'absent' }, 404)
  })
}

function thumbnail(path) {
  const hue = [...path].reduce((sum, letter) => sum + letter.charCodeAt(0) * 13, 0) % 360
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90"><rect width="160" height="90" fill="hsl(${hue} 16% 55%)"/><rect y="64" width="160" height="26" fill="hsl(${hue} 8% 24%)"/><rect x="12" y="22" width="34" height="42" fill="hsl(${hue + 30} 18% 36%)"/><rect x="56" y="12" width="40" height="52" fill="hsl(${hue + 60} 18% 40%)"/><rect x="106" y="30" width="38" height="34" fill="hsl(${hue + 90} 18% 34%)"/><circle cx="72" cy="56" r="4" fill="#d9b08c"/><rect x="66" y="60" width="12" height="22" rx="4" fill="#1d3a63"/></svg>`
}

const shots = {
  'wall-4': { kept: { gridSize: 4 } },
  'wall-16': { kept: { gridSize: 16 } },
  'wall-16-small-screen': { kept: { gridSize: 16 }, size: [1366, 768] },
  'wall-9-light': { kept: { gridSize: 9, theme: 'light' } },
  'wall-9-english': { kept: { gridSize: 9, language: 'en' } },
  'wall-25-4k': { kept: { gridSize: 25 }, size: [3840, 2160], options: { onAir: 25 } },
  'wall-empty': { kept: {}, options: { onAir: 0 } },
  enlarged: { kept: { gridSize: 4 }, mock: 'window.mockKbps=1600;window.mockSize=[1280,720]', act: async (page) => { await page.keyboard.press('Enter'); await page.keyboard.press('m'); await page.waitForTimeout(7000) } },
  shortcuts: { kept: {}, act: (page) => page.keyboard.press('?') },
  recordings: { path: '/recordings' },
  'recordings-light': { path: '/recordings', kept: { theme: 'light' } },
  'sign-in': { path: '/sign-in', options: { signedIn: false } },
  'sign-in-refused': { path: '/sign-in#code=aaaaaaaaaaaaaaaaaaaaaaaa', options: { signedIn: false }, kept: { theme: 'light' } },
  publish: { path: '/publish' },
}

const server = await preview({ preview: { port: 4599, host: '127.0.0.1' }, logLevel: 'error' })
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--headless', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
for (const [name, shot] of Object.entries(shots)) {
  if (only.length > 0 && !only.includes(name)) continue
  const [width, height] = shot.size ?? [1440, 900]
  const context = await browser.newContext({ viewport: { width, height }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  await answerApi(context, shot.options)
  await context.addInitScript({ path: new URL('browser.js', import.meta.url).pathname })
  await context.addInitScript(`localStorage.setItem('dispatch.preferences', '${JSON.stringify(shot.kept ?? {})}');${shot.mock ?? ''}`)
  const page = await context.newPage()
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !/status of 4/.test(message.text()) && console.log(`${name}: ${message.text()}`))
  page.on('pageerror', (error) => console.log(`${name}: ${error.message}`))
  await page.goto(`http://127.0.0.1:4599${shot.path ?? '/wall'}`)
  await page.waitForTimeout(shot.wait ?? 5500)
  await shot.act?.(page)
  await page.waitForTimeout(600)
  await page.screenshot({ path: `${folder}/${name}.png` })
  await context.close()
  console.log(`${folder}/${name}.png`)
}
await browser.close()
await server.close()
process.exit(0)
