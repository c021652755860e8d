// WHIP and WHEP on the wire (RFC 9725): a token, the offer, the restart, the goodbye.
import { Refusal, type Opened, type SignallingPort } from '@/core/media_session'
import type { LayerWish } from '@/core/model'
import { body, languageHeader, refusalOf, server, type Wire } from './client'

const SESSION_KEY = 'Session-Key'
const GOODBYE_MS = 2_000

/** Watching `name` (a stream) with a layer that may change while it is watched. */
export function watchSignalling(name: string, layer: () => LayerWish): SignallingPort {
  return {
    async open(offer) {
      const issued = await permit('watch', name, offer)
      const url = new URL(issued.url, location.href)
      url.searchParams.set('layer', layer())
      return (await post(url, issued.token, offer)).opened
    },
    restart,
    // A viewing that is given up is told to the server at once, whatever follows.
    close: goodbye,
  }
}

/**
 * Publishing as `name`, with a token that somebody gave or one that we ask for. After a loss the session key is the
 * bearer, so that the same stream goes on.
 */
export function publishSignalling(name: string, given: string | null): SignallingPort {
  let sessionKey: string | null = null

  async function attempt(url: string, token: string, offer: string): Promise<Opened> {
    const { opened, response } = await post(new URL(url, location.href), token, offer)
    sessionKey = response.headers.get(SESSION_KEY) ?? sessionKey
    return opened
  }

  return {
    async open(offer) {
      const url = `/whip/${encodeURIComponent(name)}`
      if (sessionKey !== null) {
        try {
          return await attempt(url, sessionKey, offer)
        } catch (error) {
          // The stream has ended meanwhile: begin a new one.
          if (!(error instanceof Refusal) || ![401, 403].includes(error.status)) throw error
          sessionKey = null
        }
      }
      if (given !== null) return attempt(url, given, offer)
      const issued = await permit('publish', name, offer)
      return attempt(issued.url, issued.token, offer)
    },
    restart,
    // DELETE would end the stream: only a final goodbye may.
    close: (opened, final) => (final ? goodbye(opened) : Promise.resolve()),
  }
}

/** The layer of a session that is being watched, switched at the next key frame. */
export async function chooseLayer(opened: Opened, layer: LayerWish): Promise<void> {
  await send(new URL(`${opened.session}/layer`), 'PUT', opened.token, 'application/json', JSON.stringify({ layer }))
}

/** The token is bound to the certificate that the offer names. */
function permit(direction: 'publish' | 'watch', target: string, offer: string): Promise<Wire['MediaTokenIssued']> {
  const fingerprint = /^a=fingerprint:(\S+ \S+)/m.exec(offer)?.[1] ?? null
  return body(server.POST('/api/v1/media-tokens', { body: { direction, target, fingerprint } }))
}

async function post(url: URL, token: string, offer: string): Promise<{ opened: Opened; response: Response }> {
  const response = await send(url, 'POST', token, 'application/sdp', offer)
  const place = response.headers.get('Location')
  if (!place) throw new Refusal(502, 'no_location', 'The answer names no session.')
  const opened = { answer: await response.text(), session: new URL(place, response.url).href, token }
  return { opened, response }
}

async function restart(opened: Opened, fragment: string): Promise<string> {
  const type = 'application/trickle-ice-sdpfrag'
  const response = await send(new URL(opened.session), 'PATCH', opened.token, type, fragment, { 'If-Match': '*' })
  if (response.status !== 200) throw new Refusal(response.status, 'no_restart', 'The server did not restart the session.')
  return response.text()
}

async function send(
  url: URL, method: string, token: string, type: string, content: string, more: Record<string, string> = {},
): Promise<Response> {
  let response: Response
  try {
    const headers = { 'Content-Type': type, Authorization: `Bearer ${token}`, 'Accept-Language': languageHeader(), ...more }
    response = await fetch(url, { method, headers, body: content, credentials: 'omit' })
  } catch (error) {
    throw new Refusal(0, 'unreachable', error instanceof Error ? error.message : '')
  }
  if (response.ok) return response
  throw refusalOf(response, await response.json().catch(() => null))
}

/** Keepalive lets the request outlive the page. A session that is gone already needs no goodbye. */
async function goodbye(opened: Opened): Promise<void> {
  const headers = { Authorization: `Bearer ${opened.token}` }
  const signal = AbortSignal.timeout(GOODBYE_MS)
  await fetch(opened.session, { method: 'DELETE', headers, keepalive: true, credentials: 'omit', signal }).catch(() => null)
}
