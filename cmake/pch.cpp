// Carrier of the precompiled header cmake/pch.h.
