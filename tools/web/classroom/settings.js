/* What an operator may want to change about the page. Everything else is text (texts.js) or looks (style.css). */

/* STUN and TURN servers for live voice, as RTCPeerConnection takes them. None by default: voice then connects people who
 * reach each other directly (one machine, one network), and nobody outside learns that a class takes place.
 * Example: [{ urls: 'stun:stun.example.org' }, { urls: 'turn:turn.example.org', username: '…', credential: '…' }] */
export const iceServers = [];
