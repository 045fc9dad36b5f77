int hadal_nothing;
