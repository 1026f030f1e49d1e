"""Pure values and rules about text: blocks, addresses, titles, markup."""
