// Everything the window can do, in one table: text, what it does, keys. Menus, buttons and the key sheet read
// it.
#pragma once

#include <QAction>
#include <QMap>
#include <QWidget>
#include <vector>

namespace perceiver::ui {

class Actions {
  public:
    struct Entry {
        QString group;
        QAction* action;
    };
    explicit Actions(QWidget* owner);

    QAction* operator[](const QString& name) const { return byName_.value(name); }
    const std::vector<Entry>& all() const { return all_; }

  private:
    std::vector<Entry> all_;
    QMap<QString, QAction*> byName_;
};

}  // namespace perceiver::ui
