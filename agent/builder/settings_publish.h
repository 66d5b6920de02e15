// [publish] of the settings: where releases go.
#pragma once

#include "builder/settings.h"
#include "builder/settings_reader.h"

#include <span>
#include <vector>

namespace dray::builder {

/// The keys of the section.
std::span<const SettingKey> publish_keys();

/// Reads them.
void read_publish(SettingsReader& reader, Settings::Publish& publish);

/// Notes what a Python index cannot do without: distributions go to a folder or to an index that takes
/// uploads.
void require_index(SettingsReader& reader, const Settings::Publish& publish, std::vector<Error>& errors);

/// Notes what the place of the packages cannot do without.
void require_archive(SettingsReader& reader, const Settings::Publish& publish);

}  // namespace dray::builder
