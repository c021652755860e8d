// The browser's RTCPeerConnection as the session's peer: no trickle, so it waits a little for its candidates.
import type { Connectivity, PeerPort } from '@/core/media_session'

const GATHER_MS = 1_000

export function peerOf(connection: RTCPeerConnection, onConnectivity: (state: Connectivity) => void): PeerPort {
  connection.addEventListener('connectionstatechange', () => onConnectivity(connection.connectionState))
  return {
    async offer(restart) {
      await connection.setLocalDescription(await connection.createOffer({ iceRestart: restart }))
      await gathered(connection)
      return connection.localDescription?.sdp ?? ''
    },
    async accept(answer) {
      await connection.setRemoteDescription({ type: 'answer', sdp: answer })
    },
    close: () => connection.close(),
  }
}

/** The server is ICE-lite and reachable: the first host candidate is nearly always enough. */
function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === 'complete') return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      connection.removeEventListener('icegatheringstatechange', check)
      resolve()
    }
    const check = () => connection.iceGatheringState === 'complete' && done()
    const timer = setTimeout(done, GATHER_MS)
    connection.addEventListener('icegatheringstatechange', check)
  })
}

export const browserTimers = {
  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  chance: () => Math.random(),
}
