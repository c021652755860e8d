"""Pure words that every room may use: errors, states and the like, with no I/O behind them."""
