//! What is odd together: co-action within a window, against a null that keeps the crowd.
