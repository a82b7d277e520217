// Where a test's window keeps its settings and pictures: nobody's own are read or changed, and nothing is left behind.
#pragma once

#include <QSettings>
#include <QTemporaryDir>

namespace perceiver::ui::test {

class OwnPlaces final {
  public:
    OwnPlaces() {
        const QString folder = (inMemory_.isValid() ? inMemory_ : onDisk_).path();
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder);
        for (const char* place : {"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"})
            qputenv(place, folder.toUtf8());
    }

  private:
    QTemporaryDir inMemory_{"/dev/shm/perceiverscope-XXXXXX"};  // settings are synced to their disk each time
    QTemporaryDir onDisk_;
};

}  // namespace perceiver::ui::test
