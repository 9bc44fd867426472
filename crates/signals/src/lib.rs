//! What is odd on its own: hijack episodes, bursts, sellers.
