// Runs in the page before the console: a peer connection that needs no server and paints its own picture.
(() => {
  const NTP = 2208988800000
  let made = 0

  function paint(context, width, height, seed, tick) {
    const hue = (seed * 47) % 360
    const sky = context.createLinearGradient(0, 0, 0, height)
    sky.addColorStop(0, `hsl(${hue} 18% 62%)`)
    sky.addColorStop(1, `hsl(${hue} 14% 34%)`)
    context.fillStyle = sky
    context.fillRect(0, 0, width, height)
    for (let house = 0; house < 6; house++) {
      const wide = width / 5
      const x = house * wide - ((tick * 0.6 + seed * 31) % wide)
      const high = height * (0.32 + ((house * 7 + seed * 3) % 5) * 0.06)
      context.fillStyle = `hsl(${(hue + house * 24) % 360} 16% ${30 + ((house * 5 + seed) % 4) * 6}%)`
      context.fillRect(x, height * 0.72 - high, wide * 0.92, high)
      context.fillStyle = `hsl(${(hue + 40) % 360} 40% 70% / .55)`
      for (let row = 0; row < 3; row++) for (let column = 0; column < 3; column++) {
        context.fillRect(x + wide * (0.12 + column * 0.27), height * 0.72 - high + high * (0.14 + row * 0.28), wide * 0.15, high * 0.14)
      }
    }
    context.fillStyle = `hsl(${hue} 8% 24%)`
    context.fillRect(0, height * 0.72, width, height * 0.28)
    for (let person = 0; person < 4; person++) {
      const x = (width * (0.15 + person * 0.24) + Math.sin(tick / 14 + person * 2 + seed) * width * 0.07)
      const size = height * (0.26 + person * 0.035)
      const y = height * 0.92
      context.fillStyle = ['#1d3a63', '#2c2f36', '#7a3030', '#31553d'][(person + seed) % 4]
      context.beginPath()
      context.roundRect(x - size * 0.17, y - size * 0.72, size * 0.34, size * 0.72, size * 0.1)
      context.fill()
      context.fillStyle = '#d9b08c'
      context.beginPath()
      context.arc(x, y - size * 0.84, size * 0.13, 0, 7)
      context.fill()
    }
    const now = new Date()
    context.font = `${Math.round(height / 20)}px sans-serif`
    context.fillStyle = 'rgb(0 0 0 / .5)'
    context.fillRect(width * 0.02, height * 0.84, width * 0.44, height * 0.075)
    context.fillStyle = '#fff'
    context.fillText(now.toLocaleString('sv-SE') + `.${Math.floor(now.getMilliseconds() / 100)}`, width * 0.03, height * 0.895)
  }

  window.mockPicture = function (seed, width = 640, height = 360) {
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = height
    const context = canvas.getContext('2d')
    let tick = 0
    paint(context, width, height, seed, tick)
    const timer = setInterval(() => paint(context, width, height, seed, ++tick), 100)
    return { stream: canvas.captureStream(10), stop: () => clearInterval(timer), canvas }
  }

  const ask = HTMLVideoElement.prototype.requestVideoFrameCallback
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (run) {
    return ask.call(this, (now, frame) => run(now, { ...frame, mediaTime: frame.mediaTime, rtpTimestamp: 1 }))
  }

  class MockPeer extends EventTarget {
    constructor() {
      super()
      this.seed = ++made
      this.connectionState = 'new'
      this.iceGatheringState = 'complete'
      this.kinds = []
      this.begun = performance.now()
      this.big = false
    }
    addTransceiver(kind) { this.kinds.push(kind); return { sender: {}, setCodecPreferences() {} } }
    async createOffer() { return { type: 'offer', sdp: 'v=0\r\na=fingerprint:sha-256 AA:BB\r\nm=video 9 X 96\r\na=mid:0\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\n' } }
    async setLocalDescription(description) { this.localDescription = description }
    async setRemoteDescription(description) {
      if (description.sdp.includes('still')) return
      const name = description.sdp.match(/s=(\S+)/)?.[1] ?? ''
      this.seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
      this.picture = window.mockPicture(this.seed)
      if (description.sdp.includes('stops')) setTimeout(() => { this.picture.stop(); this.stopped = true }, 1500)
      setTimeout(() => {
        const [track] = this.picture.stream.getVideoTracks()
        this.dispatchEvent(Object.assign(new Event('track'), { track }))
        this.connectionState = 'connected'
        this.dispatchEvent(new Event('connectionstatechange'))
      }, 120)
    }
    getReceivers() {
      const level = Math.abs(Math.sin(performance.now() / 310 + this.seed)) * 0.3 * (0.4 + (this.seed % 3) / 3)
      return [{ track: { kind: 'audio' }, getSynchronizationSources: () => [{ audioLevel: level }] }]
    }
    async getStats() {
      const s = (performance.now() - this.begun) / 1000
      const poor = this.seed % 11 === 5
      const fake = (window.mockKbps ?? 250) * (0.9 + (this.seed % 7) / 30 + Math.sin(s / 3 + this.seed) * 0.06)
      const packets = Math.round(s * fake / 8)
      const lost = Math.round(packets * (poor ? 0.043 : this.seed % 4 === 1 ? 0.003 : 0))
      const size = window.mockSize ?? [320, 180]
      const delay = (poor ? 910 : 160) + (this.seed % 9) * 14 + Math.sin(s + this.seed) * 12
      return new Map([
        ['v', { id: 'v', type: 'inbound-rtp', kind: 'video', timestamp: 0, bytesReceived: s * fake * 125, packetsReceived: packets, packetsLost: lost, framesDecoded: Math.round((this.stopped ? 1 : s) * 15), framesPerSecond: 15, frameWidth: size[0], frameHeight: size[1], jitterBufferDelay: s * 0.9, jitterBufferEmittedCount: s * 15, estimatedPlayoutTimestamp: performance.timeOrigin + performance.now() + NTP - delay }],
        ['t', { id: 't', type: 'transport', timestamp: 0, selectedCandidatePairId: 'p' }],
        ['p', { id: 'p', type: 'candidate-pair', timestamp: 0, currentRoundTripTime: 0.012 }],
      ])
    }
    close() { this.connectionState = 'closed'; this.picture?.stop() }
  }
  window.RTCPeerConnection = MockPeer
})()
