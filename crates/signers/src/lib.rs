//! Where private keys live: files, agents, tokens.
