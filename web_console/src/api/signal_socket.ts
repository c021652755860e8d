// The socket under the console's line, and the lists that come over it.
import type { SignalSocket, SocketEvents } from '@/core/signals'

const PATH = '/ws/console'
const PROTOCOL = 'dispatch.v1'

export function openSignalSocket(events: SocketEvents): SignalSocket {
  const url = new URL(PATH, location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url, PROTOCOL)
  socket.addEventListener('open', events.opened)
  socket.addEventListener('message', (event) => typeof event.data === 'string' && events.heard(event.data))
  socket.addEventListener('close', (event) => events.closed(event.code))
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close: () => socket.close(),
  }
}
