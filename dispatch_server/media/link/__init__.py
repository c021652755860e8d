"""One remote end: ICE, DTLS, SRTP."""
